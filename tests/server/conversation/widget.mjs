// A page with a widget, for tests: `node widget.mjs BASE TOKEN OTHER` opens a conversation with one other user through
// docs/conversation-example.js, prints what comes as lines of JSON, and does what the lines of its standard input say.
import { createInterface } from "node:readline";

import { openConversation } from "../../../docs/conversation-example.js";

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const [base, token, other] = process.argv.slice(2);
const onEvent = (event) => print({ event });
const opened = await openConversation({ base, token, otherIds: [other], onEvent }).catch((error) => {
  print({ failed: error.message });
  process.exit(1);
});
print({ conversation: opened.conversation });

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(" ");
  opened[command](words.join(" "));
}
opened.close();

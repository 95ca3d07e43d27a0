// A small client of a Parlance server, without dependencies, for Node 22 or later and for browsers: it follows one group,
// and speaks in it. It keeps to "The rules for a client" of docs/protocol.md, whose numbers are in the comments; a client
// of more groups has `cursor`, `fetching` and `resuming` for each of its streams. It keeps all that in memory. To run it:
// PASSWORD=… node docs/examples/client.mjs SERVER WORKSPACE GROUP EMAIL

/** Shows the group's newest messages, then each change, in order. Returns a function that says something there. */
export function follow({ server, workspace, group, email, password, show, note }) {
  const messages = new Map(); // by id
  const outbox = []; // what was said and is not acknowledged yet, in order
  let cursor = null; // { seq, epoch }: every entry up to `seq` was taken
  let fetching = null; // { kept }: instead of a cursor, while the group is fetched anew
  let resuming = null; // the id of the last `resume`, until its `ok`
  let socket, epoch, ready, waiting, heard, beat, shutdown, tokens;
  let [until, failures, frames] = [0, 0, 0];

  async function http(path, body, token) {
    const headers = { "Content-Type": "application/json", "Parlance-Workspace": workspace };
    if (token) headers.Authorization = `Bearer ${token}`;
    // Without "omit", a browser would keep the cookie that comes with the login, and open the socket with it.
    const request = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), credentials: "omit" };
    const response = await fetch(server + path, { ...request, signal: AbortSignal.timeout(30_000) });
    if (response.ok) return response.json();
    throw Object.assign(new Error((await response.json()).error.message), { status: response.status });
  }
  async function token() {
    if (Date.now() < until) return tokens.access_token;
    tokens = tokens
      ? await http("/api/auth/refresh", { refresh_token: tokens.refresh_token })
      : await http("/api/auth/login", { email, password });
    until = Date.now() + (tokens.expires_in - 60) * 1000;
    return tokens.access_token;
  }
  async function connect() {
    try {
      const proof = { token: await token(), workspace };
      const opened = (socket = new WebSocket(server.replace(/^http/, "ws") + "/api/chat/ws"));
      [waiting, heard, shutdown] = [new Map(), Date.now(), null];
      opened.onopen = () => opened === socket && ask("auth", proof);
      opened.onmessage = ({ data }) => opened === socket && hear(JSON.parse(data));
      // A failure is an error, and not always a close too; after what ends in order there is no error.
      opened.onclose = opened.onerror = ({ code }) => opened === socket && ended(code ?? "no connection");
      beat = setInterval(() => (Date.now() - heard > 75_000 ? ended("silence") : ready && ask("ping", {})), 20_000); // Rule 14.
    } catch (error) {
      ended(error.status === 401 ? 4010 : error.message);
    }
  }
  function ask(type, data, answered) {
    const id = String(++frames);
    waiting.set(id, answered);
    socket.send(JSON.stringify({ type, id, data }));
    return id;
  }
  function hear({ type, id, data, error, stream_id, seq }) {
    heard = Date.now();
    if (type === "ok" || type === "error") {
      waiting.get(id)?.(error);
      waiting.delete(id);
    } else if (type === "ready") opening(data);
    else if (type === "server.shutdown") shutdown = data.reconnect_after_ms;
    else if (resuming) return; // Rule 4.
    else if (type === "resumed") data.streams.filter((stream) => stream.id === group).forEach(judged);
    else if (stream_id === group) entry({ type, seq, data });
  }
  function ended(why) { // Rule 10: the cursor stays, what was being fetched is forgotten.
    const over = socket;
    clearInterval(beat);
    socket = ready = fetching = resuming = null;
    over?.close(); // What that makes of the socket is no news any more.
    if ([4001, 4003, 4010].includes(why)) return note(`signed out (${why})`);
    const pause = shutdown ?? Math.random() * Math.min(30_000, 1000 * 2 ** failures++);
    note(`not connected (${why}), next try in ${Math.round(pause)} ms`);
    setTimeout(connect, pause);
  }
  function opening(data) { // Rules 1 to 3.
    epoch = data.epoch;
    if (!cursor) data.streams.filter((stream) => stream.id === group).forEach((stream) => startOver(stream.seq));
    if (data.more) return;
    [ready, failures] = [true, 0];
    note(cursor || fetching ? "connected" : "connected, but not a member of the group");
    if (cursor) resume();
    post();
  }
  function resume() {
    const mine = (resuming = ask("resume", { epoch: cursor.epoch, cursors: { [group]: cursor.seq } }, (error) => {
      if (error) setTimeout(() => resuming === mine && resume(), error.retry_after_ms ?? 1000);
      else if (resuming === mine) resuming = null;
    }));
  }
  function judged({ status, seq }) {
    note(`resumed: ${status}`);
    if (status === "reset") startOver(seq);
    else if (status === "gone") cursor = fetching = null; // Rule 8.
    else if (cursor) cursor.epoch = epoch; // Rule 5.
  }
  async function startOver(since) { // Rule 7.
    const mine = (fetching = { kept: [] });
    cursor = null;
    for (let pause = 200; fetching === mine; pause = Math.min(10_000, pause * 2)) {
      const fetched = token().then((token) => http(`/api/chat/groups/${group}/messages`, null, token));
      const page = await fetched.catch((error) => note(error.message));
      if (fetching === mine && page?.epoch === epoch && page.seq >= since) {
        [cursor, fetching] = [{ seq: page.seq, epoch }, null];
        messages.clear();
        page.items.reverse().forEach(put);
        mine.kept.filter((kept) => kept.seq > page.seq).forEach(take);
      } else await new Promise((done) => setTimeout(done, pause));
    }
  }

  function entry(frame) { // Rule 6.
    if (fetching) fetching.kept.push(frame);
    else if (frame.seq === cursor?.seq + 1) take(frame);
    else if (frame.seq > cursor?.seq) resume();
  }
  function take({ type, seq, data }) {
    cursor.seq = seq;
    if (data.message) put(data.message);
    const deleted = type === "message.deleted" && messages.get(data.message_id);
    if (deleted) put({ ...deleted, rev: seq, content: "" });
    const gone = type === "group.cleared" ? [...messages.values()].filter((message) => message.seq <= data.seq) : [];
    gone.forEach((message) => put({ ...message, rev: seq, content: "" }));
  }
  function put(message) { // Rule 12.
    if (messages.get(message.id)?.rev >= message.rev) return;
    messages.set(message.id, message);
    show(message);
  }
  function post() { // Rule 13: one after another, under its name, until it is acknowledged or refused for good.
    const [said] = outbox;
    if (!ready || !said) return;
    ask("message.send", { group_id: group, ...said }, (error) => {
      if (outbox[0] !== said) return;
      if (error?.retry_after_ms || error?.code === "connection.closing") return setTimeout(post, error.retry_after_ms ?? 1000);
      note(`${error ? error.message : "acknowledged"}: ${outbox.shift().content}`);
      post();
    });
  }

  connect();
  return (content) => outbox.push({ content, client_id: crypto.randomUUID() }) === 1 && post();
}

if (globalThis.process?.argv?.[1]?.endsWith("client.mjs")) {
  const [server, workspace, group, email] = process.argv.slice(2);
  const show = ({ seq, rev, author, content }) => console.log(`${seq}.${rev} ${author?.name}: ${content || "(deleted)"}`);
  const say = follow({ server, workspace, group, email, password: process.env.PASSWORD, show, note: console.error });
  (await import("node:readline")).createInterface({ input: process.stdin }).on("line", say);
}

//! Names that say nothing about what is inside are not names.

/// As a whole name, or as the last word of one (`string_util`, `connection_manager`).
const EMPTY: [&str; 8] = ["util", "utils", "helper", "helpers", "manager", "common", "impl", "misc"];

fn violations(paths: &[String]) -> Vec<String> {
    let empty = paths.iter().filter(|path| path.split('/').any(says_nothing));
    empty.map(|path| format!("{path}: name it after what it is, none of {}", EMPTY.join(", "))).collect()
}

fn says_nothing(name: &str) -> bool {
    let stem = name.trim_start_matches('.').split('.').next().unwrap_or_default().to_lowercase();
    stem.rsplit(['_', '-']).next().is_some_and(|word| EMPTY.contains(&word))
}

#[test]
fn every_folder_and_file_is_named_after_what_it_is() {
    crate::assert_none(&violations(&crate::tree::paths().unwrap()));
}

#[test]
fn a_name_that_says_nothing_is_found() {
    for path in [
        "crates/chat/src/util.rs",
        "crates/chat/src/utils/text.rs",
        "crates/helpers/src/lib.rs",
        "crates/chat/src/connection_manager.rs",
        "crates/store/src/Common.rs",
        "scripts/misc",
        "docs/store-impl.md",
        "tests/api/helper.test.json",
    ] {
        assert_eq!(violations(&[path.to_owned()]).len(), 1, "{path}");
    }
}

#[test]
fn a_name_that_only_contains_such_a_word_is_left_alone() {
    for path in [
        "crates/chat/src/implicit.rs",
        "docs/common_errors.md",
        "crates/license/src/utility_plan.rs",
        ".ci/run",
    ] {
        assert_eq!(violations(&[path.to_owned()]), [""; 0], "{path}");
    }
}

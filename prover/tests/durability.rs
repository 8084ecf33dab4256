//! What stands on disk when a process is killed, the disk is full, or several of them want one name. Every point of every
//! write is gone through by the tests of `case::whole` in the library.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, Run, case_file};
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::Duration;
    use tribute::case::Case;

    const CASE: &str = "digits_lr_n200";

    /// `tribute commit` of the case to `case`, not yet started.
    fn commit(place: &Place, more: &[&str]) -> Command {
        let mut command = place.command();
        command.args(["commit", "--method", "tracin", "--out", "case"]).args(more);
        for (flag, name) in [("--model", "model.onnx"), ("--data", "train.csv")] {
            command.arg(flag).arg(case_file(CASE, name));
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Asserts that a case is absent or whole.
    fn absent_or_whole(path: &Path) -> bool {
        let exists = path.exists();
        if exists {
            Case::load(path).unwrap();
        }
        exists
    }

    #[test]
    fn a_killed_process_leaves_the_old_case_or_the_new() {
        let place = Place::new();
        let path = place.path("case");
        let mut finished = 0;
        for attempt in 0..40 {
            let force: &[&str] = if path.exists() { &["--force"] } else { &[] };
            let mut child = commit(&place, force).spawn().unwrap();
            sleep(Duration::from_millis(attempt * 7));
            child.kill().unwrap();
            finished += u32::from(child.wait().unwrap().success());
            absent_or_whole(&path);
        }
        commit(&place, if path.exists() { &["--force"] } else { &[] }).status().unwrap();
        assert!(absent_or_whole(&path), "after {finished} runs that finished");
    }

    #[test]
    fn of_eight_that_want_one_name_one_gets_it() {
        for _ in 0..5 {
            let place = Place::new();
            let children: Vec<_> =
                (0..8).map(|_| commit(&place, &["--threads", "1"]).spawn().unwrap()).collect();
            let codes = children.into_iter().map(|mut child| child.wait().unwrap().code());
            let mut codes: Vec<_> = codes.collect();
            codes.sort_unstable();
            let refused = [Some(2); 7];
            assert_eq!(codes, [&[Some(0)], &refused[..]].concat());
            assert!(absent_or_whole(&place.path("case")));
            let names = fs::read_dir(place.path("")).unwrap().count();
            assert_eq!(names, 1, "nothing but the case");
        }
    }

    #[test]
    fn eight_that_replace_one_case_leave_a_whole_one() {
        let place = Place::new();
        assert!(commit(&place, &[]).status().unwrap().success());
        let children: Vec<_> = (0..8)
            .map(|_| commit(&place, &["--force", "--threads", "1"]).spawn().unwrap())
            .collect();
        for mut child in children {
            child.wait().unwrap();
        }
        assert!(absent_or_whole(&place.path("case")));
        assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 1, "nothing but the case");
    }

    #[test]
    fn a_full_disk_leaves_nothing() {
        let place = Place::new();
        let command = commit(&place, &[]);
        let arguments: Vec<&str> =
            command.get_args().map(|argument| argument.to_str().unwrap()).collect();
        for blocks in [0, 1, 8, 64] {
            limited(&place, blocks, &arguments).unusable();
            assert!(place.listing().is_empty(), "{blocks} blocks");
        }
    }

    const SETUP: [&str; 4] = ["setup", "--case", "case", "--unsafe-dev-srs"];

    /// A command under a limit of the size of its files, in blocks of 512 bytes.
    fn limited(place: &Place, blocks: u32, arguments: &[&str]) -> Run {
        let script = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" \"$@\"");
        let command = place.command();
        Command::new("sh")
            .args(["-c", &script])
            .arg(command.get_program())
            .args(arguments)
            .current_dir(place.path(""))
            .output()
            .unwrap()
            .into()
    }

    /// Proves a query of the case that stands there.
    fn proves(place: &Place) {
        let queries = case_file(CASE, "queries.csv");
        let arguments = ["prove", "--case", "case", "--input", queries.to_str().unwrap()];
        let more = ["--row", "0", "--out", "proof.json", "--force"];
        place.run(&[&arguments[..], &more].concat()).done();
    }

    #[test]
    fn of_two_setups_at_once_one_is_refused_and_the_case_works() {
        for attempt in 0..3 {
            let place = Place::new();
            assert!(commit(&place, &[]).status().unwrap().success());
            if attempt > 0 {
                place.run(&SETUP).done();
            }
            let children: Vec<_> = (0..2)
                .map(|_| {
                    let mut command = place.command();
                    command.args(SETUP).arg("--force").args(["--threads", "1"]);
                    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
                })
                .collect();
            let runs = children.into_iter().map(|child| child.wait_with_output().unwrap().into());
            let mut runs: Vec<Run> = runs.collect();
            runs.sort_by_key(|run| run.status);
            let second = runs.pop().unwrap();
            // One may begin when the other has ended already.
            if second.status != 0 {
                let line = second.unusable();
                // Its name may be wanting: a process that waits for a core signs late.
                assert!(line.contains("is being written by "), "{line}");
            }
            assert_eq!(runs[0].status, 0, "{}", runs[0].stderr);
            proves(&place);
            assert!(!place.path("case/.lock").exists());
        }
    }

    #[test]
    fn a_full_disk_during_a_second_setup_leaves_the_first() {
        let place = Place::new();
        assert!(commit(&place, &[]).status().unwrap().success());
        place.run(&SETUP).done();
        for blocks in [0, 1, 8, 64, 512, 1024] {
            let run = limited(&place, blocks, &[&SETUP[..], &["--force"]].concat());
            assert!(run.status == 0 || run.status == 2, "{}", run.stderr);
            proves(&place);
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let place = Place::new();
        for out in ["/proc/case", "missing/case", "/dev/null/case", ".."] {
            let model = case_file(CASE, "model.onnx");
            let data = case_file(CASE, "train.csv");
            let arguments =
                ["commit", "--model", model.to_str().unwrap(), "--data", data.to_str().unwrap()];
            place.run(&[&arguments[..], &["--method", "tracin", "--out", out]].concat()).unusable();
        }
        assert!(place.listing().is_empty());
    }
}

//! What shells and manuals are given.

use crate::harness::Program;

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let finished = Program::new().run(["completions", shell]);
        assert_eq!(finished.code, 0, "{finished}");
        for word in ["exec", "catalog", "--source", "lookups"] {
            let word = if shell == "fish" {
                word.trim_start_matches("--")
            } else {
                word
            };
            assert!(finished.stdout.contains(word), "{shell}: no {word}");
        }
    }
}

#[test]
fn the_manual_page_is_roff() {
    let finished = Program::new().run(["man"]);
    assert_eq!(finished.code, 0, "{finished}");
    assert!(finished.stdout.contains(".TH callboard 1"), "{finished}");
    for word in ["SUBCOMMANDS", "\\-\\-source", "\\-\\-data"] {
        assert!(finished.stdout.contains(word), "no {word} in {finished}");
    }
}

#[test]
fn help_and_version_need_no_data() {
    let program = Program::new();
    assert!(program.run(["--version"]).stdout.starts_with("callboard "));
    insta::assert_snapshot!(program.run(["--help"]), @"
    Who owns this service, is it healthy, how do I start a new one: the software catalog, answered in
    chat

    Usage: callboard [OPTIONS] [COMMAND]

    Commands:
      chat         Opens the terminal chat; the same as no command at all
      serve        Runs the bot without a terminal, with what the configuration names, until it is told
                   to stop
      exec         Answers one line and ends: 0 answered, 1 the asker's failure, 2 ours
      doctor       Looks at everything the bot needs, and says what to mend; 1 when there is something
      sync         Reads all sources once and reports on each
      check        Checks descriptors and command files without running anything; 1 when there are
                   errors
      catalog      Gives the catalog to other programs
      eval         Measures how well names are found
      export       Writes what cannot be rebuilt from the sources as JSON lines
      import       Reads JSON lines that `callboard export` wrote
      slack        Brings the bot into Slack
      matrix       Brings the bot into Matrix
      template     Tries golden-path templates out, without any forge
      policy       Says what the policy allows
      config       Explains the configuration
      completions  Prints the completions for a shell
      man          Prints the manual page, in roff
      help         Print this message or the help of the given subcommand(s)

    Options:
          --config <FILE>         The configuration file; without it `callboard.toml`, else the bundled
                                  organisation [env: CALLBOARD_CONFIG=]
          --data <DIR>            The data folder; without it `$XDG_DATA_HOME/callboard` or
                                  `~/.local/share/callboard` [env: CALLBOARD_DATA=⌂/data]
          --source <PATH-or-URL>  Read this repository or folder instead of the configured sources; may
                                  be given several times
      -h, --help                  Print help
      -V, --version               Print version
    ");
    insta::assert_snapshot!(program.run(["exce"]), @"
    [stderr] error: unrecognized subcommand 'exce'

      tip: a similar subcommand exists: 'exec'

    Usage: callboard [OPTIONS] [COMMAND]

    For more information, try '--help'.
    [exit 2]
    ");
    assert!(!program.data().exists());
}

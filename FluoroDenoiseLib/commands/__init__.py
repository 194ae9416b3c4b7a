"""The command line: one file a subcommand, each with `add_arguments` and `run(arguments) -> exit code`."""

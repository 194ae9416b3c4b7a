"""The command line: one file a subcommand, each with `add_parser` and `run(arguments) -> exit code`."""

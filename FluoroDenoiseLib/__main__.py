"""The command `fluorodenoise` (also `python -m FluoroDenoiseLib`)."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from . import __version__
from .commands import compare, denoise, finetune, info
from .commands.console import error_entry, note, show_json
from .commands.failures import named
from .errors import Cancelled, FluoroDenoiseError

COMMANDS = {"denoise": denoise, "info": info, "compare": compare, "finetune": finetune}
DESCRIPTION = (
    "Makes low-dose X-ray cines clear. Research use only: not for diagnosis or treatment. Nothing leaves this computer."
)
EXAMPLES = """examples:
  fluorodenoise info cine.dcm
  fluorodenoise denoise cine.dcm clear.dcm
  fluorodenoise denoise patients/ clear/ --mode review --strength 0.8
  fluorodenoise compare cine.dcm clear.dcm
  fluorodenoise finetune cines/ --name our-lab --minutes 15
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit code. A named error is one sentence on stderr, never a traceback."""
    if argv is None:  # this process is the command's own: being terminated is as orderly as Ctrl-C
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        for stream in (sys.stdout, sys.stderr):  # a name that the terminal cannot show is no failure
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv)
    try:
        return COMMANDS[arguments.command].run(arguments)
    except BrokenPipeError:  # what reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return fail(arguments, Cancelled("Cancelled; nothing partial was left."))
    except Exception as error:
        return fail(arguments, named(error))


def fail(arguments: Namespace, error: FluoroDenoiseError) -> int:
    """Tells an error that ended the command; gives its exit code."""
    note(f"fluorodenoise: {error}")
    if arguments.json:
        show_json({"failed": [error_entry("", error)]})
    return error.exit_code


def parser() -> ArgumentParser:
    """The command's arguments and help."""
    style = {"formatter_class": RawDescriptionHelpFormatter}
    whole = ArgumentParser("fluorodenoise", description=DESCRIPTION, epilog=f"{EXAMPLES}\n{exit_codes()}", **style)
    whole.add_argument("--version", action="version", version=f"FluoroDenoise {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        described = {"help": command.SUMMARY, "description": f"{name}: {command.SUMMARY}.", "epilog": exit_codes()}
        command.add_arguments(commands.add_parser(name, **described, **style))
    return whole


def exit_codes() -> str:
    """What each exit code means, from the errors themselves."""
    codes = {error.exit_code: inspect.getdoc(error) for error in FluoroDenoiseError.__subclasses__()}
    codes |= {
        0: "All done.",
        1: "Some of several cines failed; the others are done.",
        2: "The command was not understood.",
    }
    return "\n".join(["exit codes:", *(f"  {code:2}  {codes[code]}" for code in sorted(codes))])


if __name__ == "__main__":
    sys.exit(main())

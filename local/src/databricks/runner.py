"""Executes the notebook tasks of one run and writes one HTML report for each.

The plan comes as one JSON line on standard input, events go as JSON lines to file descriptor 3. Standard input stays
open as long as the workspace lives: when it closes, this process group ends, so nothing is left behind.
"""

import json
import os
import signal
import sys
import threading

from notebook_runner.run import execute_plan


def end_with_the_workspace() -> None:
    sys.stdin.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_the_workspace, daemon=True).start()
    with os.fdopen(3, "w", buffering=1) as events:
        execute_plan(plan, lambda event: events.write(json.dumps(event) + "\n"))
    # Spark's JVM may linger; the workspace ends our group.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

# Look at pages of `xzbundle report` and `xzbundle compare` in a browser.
#
# usage: pages.py DIR [SHOTS]
#
# DIR has demo.html, demo.json, demo.svg, hostile.html, hostile.json,
# compare.html and compare.json.  With SHOTS, pictures of the pages go to files
# that begin with that.
#
# SPDX-License-Identifier: BSD-2-Clause
import sys

import compare
import report
from browser import Browser


def main():
    folder, *more = sys.argv[1:]
    b = Browser()
    try:
        report.look(b, folder, more)
        compare.look(b, folder, more)
    finally:
        b.close()
    return report.failures > 0


if __name__ == "__main__":
    sys.exit(main())

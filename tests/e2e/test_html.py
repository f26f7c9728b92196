#!/usr/bin/python3
"""The HTML report in a real browser: it fetches nothing, complains of nothing, can be read by all, and stays ours."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import bed
from bed.browser import Browser

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AXE = ROOT / "build/axe/node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
VIEWS = {f"{width}-{scheme}": {"width": width, "scheme": scheme} for width in (360, 1280) for scheme in ("light", "dark")}
VIEWS.update({"360-print": {"width": 360, "media": "print"}, "1280-print": {"width": 1280, "media": "print"}})
LINES = 20000  # some six hours

# Names that would be markup, script or a style if they were not escaped; "%": a format.
HOSTILE = ("<script>window.broken=1</script>", '"><img src=x onerror=window.broken=1>', "</style><script>window.broken=1",
           "</title><body onload=window.broken=1>", "'onmouseover='window.broken=1", "<!--", "%s%n", "&lt;b&gt;")


def build():
    """The build under test, and its folder for what it leaves behind."""
    if "OUTWARD_BUILD" not in os.environ:
        raise unittest.SkipTest("needs OUTWARD_BUILD, the build's directory")
    return pathlib.Path(os.environ["OUTWARD_BUILD"])


def hostile_log(path):
    """A mail log whose names are attacks: clients, recipients, relays, replies, lines that nobody understands."""
    lines = ["Nov 20 07:00:00 mail postfix/postfix-script[1]: starting the Postfix mail system"]
    for number, name in enumerate(HOSTILE):
        queue_id = f"4AA{number:05}"
        lines += [f"Nov 20 08:00:00 mail postfix/qmgr[2]: {queue_id}: from=<a@{name}>, size=1, nrcpt=1 (queue active)",
                  f'Nov 20 08:00:01 mail postfix/smtp[3]: {queue_id}: to=<"{name}"@{name}>, relay={name}[192.0.2.1]:25, '
                  f"delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 {name})",
                  f"Nov 20 08:00:02 mail postfix/smtp[3]: {queue_id}: to=<x@d{number}.example>, relay=mx[192.0.2.1]:25, "
                  f"delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
                  f"Nov 20 08:00:03 mail outward-milter[4]: {queue_id}: decision=reject direction=outbound "
                  f"rule=outward.conf:1 mode=enforce gen=1 stage=mail local=no listener={name} port=587 "
                  f"client={name}[192.0.2.9] tls=none auth=none login={name} from=<a@{name}> nrcpt=1 to={name} to_more=0",
                  f"no prefix at all {name}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Pages(unittest.TestCase):
    """A report of a busy server in English and Japanese, and one of a hostile log."""

    @classmethod
    def setUpClass(cls):
        cls.outward = bed.Outward()
        cls.build = build()
        cls.folder = tempfile.TemporaryDirectory(prefix="outward-html-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = pathlib.Path(cls.folder.name)
        cls.shots = cls.build / "screenshots"
        cls.shots.mkdir(exist_ok=True)
        cls.make_logs()
        cls.browser = Browser()
        cls.enterClassContext(cls.browser)

    @classmethod
    def make_logs(cls):
        generator = cls.build / "bench/log_generator"
        with open(cls.work / "busy.log", "wb") as out:
            subprocess.run([generator, "--lines", str(LINES), "--rate", "1", "--domains", "100", "--seed", "7"], stdout=out,
                           stderr=subprocess.DEVNULL, check=True)
        hostile_log(cls.work / "hostile.log")
        (cls.work / "empty.conf").touch(mode=0o600)
        (cls.work / "rules.conf").write_text("delivery {\n    expect encrypted to any\n}\n", encoding="utf-8")
        os.chmod(cls.work / "rules.conf", 0o600)

    def page(self, log, *options, config="rules.conf"):
        """The path of a page made from a log."""
        path = self.work / "page.html"
        self.outward("report", "--config", str(self.work / config), "--log", str(self.work / log), "--tz", "UTC",
                     "--format", "html", "--verbose", "--output", str(path), *options)
        return path

    def see(self, language):
        path = self.page("busy.log", "--lang", language, "--top", "6")
        self.browser.open(path)
        for name, view in VIEWS.items():
            self.browser.show(**view)
            self.browser.screenshot(self.shots / f"report-{language}-{name}.png")
            width = self.browser.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, view["width"], f"{name}: it has to be scrolled sideways")
        self.browser.pdf(self.shots / f"report-{language}.pdf")
        return path

    def test_it_fetches_nothing_and_the_console_stays_empty(self):
        for language in ("en", "ja"):
            path = self.see(language)
            self.assertEqual(self.browser.requests, [path.as_uri()])
            self.assertEqual(self.browser.console, [])
            self.assertEqual(self.browser.evaluate("document.documentElement.lang"), language)
            self.assertEqual(self.browser.evaluate("document.scripts.length + document.styleSheets.length"), 1)

    def test_every_section_and_every_drawing_is_there(self):
        self.browser.open(self.page("busy.log", "--lang", "en"))
        sections = self.browser.evaluate("[...document.querySelectorAll('section')].map(s => s.id)")
        self.assertEqual(sections, ["verdict", "time", "plaintext", "blocked", "downgrades", "violations", "guidelines",
                                    "senders",
                                    "submission", "destinations", "tls", "elsewhere", "completeness"])
        unnamed = "[...document.querySelectorAll('svg')].filter(s => !s.ariaLabel && !s.ariaHidden).length"
        self.assertEqual(self.browser.evaluate(unnamed), 0)
        self.assertGreater(self.browser.evaluate("document.querySelectorAll('.lane rect > title').length"), 3)

    def test_what_the_drawing_says_the_table_behind_it_says(self):
        self.browser.open(self.page("busy.log", "--lang", "en"))
        column = "[...document.querySelectorAll('#time tbody tr')].reduce((sum, row) => sum + " \
                 "Number(row.cells[INDEX].textContent.replaceAll(',', '')), 0)"
        figure = "Number(document.querySelector('.figure.KIND dd').firstChild.textContent.replaceAll(',', ''))"
        for index, kind in ((1, "sent"), (2, "encrypted"), (3, "plaintext"), (4, "unknown")):
            self.assertEqual(self.browser.evaluate(column.replace("INDEX", str(index))),
                             self.browser.evaluate(figure.replace("KIND", kind)), kind)

    def test_axe_finds_nothing_serious(self):
        if not AXE.exists():
            self.skipTest("needs axe-core: run script/deps with the npm registry in reach")
        script = AXE.read_text(encoding="utf-8")
        for language, names in (("en", ("1280-light", "1280-dark")), ("ja", ("360-light", "360-dark"))):
            self.browser.open(self.page("busy.log", "--lang", language, "--top", "5"))
            self.browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            self.browser.evaluate(script + "; 0")
            for name in names:
                self.browser.show(**VIEWS[name])
                checked, found = self.browser.evaluate("axe.run(document).then(r => [r.passes.length, "
                                                       "r.violations.map(v => [v.impact, v.id, v.nodes[0].html])])")
                self.assertEqual([row for row in found if row[0] in SERIOUS], [], name)
                self.assertGreater(checked, 10, name)

    def test_hostile_names_stay_text(self):
        self.browser.open(self.page("hostile.log", "--lang", "en", "--top", "0"))
        self.assertIsNone(self.browser.evaluate("window.broken === undefined ? null : window.broken"))
        self.assertEqual(self.browser.evaluate("document.scripts.length + document.images.length"), 0)
        self.assertEqual(self.browser.console, [])
        self.assertEqual(len(self.browser.requests), 1)
        attributes = self.browser.evaluate(
            "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => a.name.startsWith('on')).length")
        self.assertEqual(attributes, 0)
        text = self.browser.evaluate("document.body.textContent")
        for name in HOSTILE:
            self.assertIn(name, text)

    def test_the_language_is_that_of_the_environment_unless_told(self):
        def language(environment, *options):
            words = ["report", "--config", str(self.work / "empty.conf"), "--log", str(self.work / "hostile.log"),
                     "--format", "html", *options]
            answer = self.outward(*words, env={"PATH": os.environ["PATH"], **environment})
            return answer.stdout.split('lang="', 1)[1][:2]
        self.assertEqual(language({"LANG": "ja_JP.UTF-8"}), "ja")
        self.assertEqual(language({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}), "en")
        self.assertEqual(language({"LC_MESSAGES": "ja_JP.utf8", "LANG": "C"}), "ja")
        self.assertEqual(language({"LANG": "ja_JP.eucJP"}), "en")
        self.assertEqual(language({"LANG": "fr_FR.UTF-8"}), "en")
        self.assertEqual(language({"LANG": "C"}, "--lang", "ja"), "ja")
        self.assertEqual(language({"LANG": "ja_JP.UTF-8"}, "--lang", "en"), "en")


if __name__ == "__main__":
    bed.main()

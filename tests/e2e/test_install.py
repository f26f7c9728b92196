#!/usr/bin/python3
"""What a package gets: programs that explain themselves, rule files that pass the check, sound manual pages, and the bill of
what it is made of."""
import json
import os
import re
import shutil
import tempfile
import unittest

import bed
from bed.process import run

PREFIX = "/usr/local"


class Installed(unittest.TestCase):
    """cmake --install into an empty directory."""

    @classmethod
    def setUpClass(cls):
        build = os.environ.get("OUTWARD_BUILD")
        if not build:
            raise unittest.SkipTest("needs OUTWARD_BUILD, the build directory")
        cls.root = tempfile.mkdtemp(prefix="outward-install.", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run("cmake", "--install", build, "--prefix", PREFIX, env={"DESTDIR": cls.root}, timeout=120)
        cls.outward = f"{cls.root}{PREFIX}/bin/outward"
        cls.gate = f"{cls.root}{PREFIX}/sbin/outward-milter"
        cls.follower = f"{cls.root}{PREFIX}/sbin/outward-follow"
        cls.pages = cls.files(".1", ".5", ".8", below=f"{PREFIX}/share/man")

    @classmethod
    def files(cls, *endings, below=""):
        found = []
        for directory, _, names in os.walk(f"{cls.root}{below}"):
            found += [f"{directory}/{name}" for name in names if name.endswith(endings)]
        return sorted(found)

    def commands(self):
        """The subcommands that outward --help lists."""
        names = re.findall(r"(?m)^  ([a-z][a-z-]+)  +\S", run(self.outward, "--help").stdout)
        self.assertGreaterEqual(len(names), 3, "outward --help lists its commands")
        return names

    def test_nothing_lies_outside_the_prefix(self):
        self.assertEqual(os.listdir(self.root), ["usr"])
        self.assertEqual(os.listdir(f"{self.root}/usr"), ["local"])

    def test_every_command_explains_itself_with_an_example(self):
        for name in self.commands():
            with self.subTest(command=name):
                done = run(self.outward, name, "--help")
                self.assertTrue(done.stdout.startswith(f"usage: outward {name}"), done.stdout[:80])
                self.assertIn("example: ", done.stdout)
                self.assertEqual(done.stderr, "")

    def test_every_command_refuses_what_it_does_not_know(self):
        for arguments in ((), ("no-such-command",), *((name, "--no-such-option") for name in self.commands())):
            with self.subTest(arguments=arguments):
                done = run(self.outward, *arguments, check=False)
                # Monitoring systems read 2 as critical: status says 3, unknown, as theirs do.
                self.assertEqual(done.returncode, 3 if arguments[:1] == ("status",) else 2)
                self.assertNotEqual(done.stderr, "")
                self.assertEqual(done.stdout, "")

    def test_the_gate_explains_itself(self):
        done = run(self.gate, "--help")
        self.assertTrue(done.stdout.startswith("usage: outward-milter"), done.stdout[:80])
        self.assertIn("example: ", done.stdout)

    def test_shipped_rule_files_pass_the_check_without_a_warning(self):
        files = [path for path in self.files(".conf", below=f"{PREFIX}/share/outward")
                 if os.path.basename(path) != "logrotate.conf"]
        self.assertEqual([os.path.basename(path) for path in files],
                         ["gmail-bulk.conf", "monitor-first.conf", "strict-submission.conf"])
        for path in files:
            with self.subTest(file=os.path.basename(path)):
                done = run(self.outward, "check", "-c", path)
                self.assertEqual(done.stderr, "")
                run(self.gate, "-n", "-c", path)

    def test_messages_of_other_languages_are_found_where_they_were_installed(self):
        """Also where no locale of the language was generated."""
        self.assertTrue(os.path.exists(f"{self.root}{PREFIX}/share/locale/ja/LC_MESSAGES/outward.mo"))
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
            done = run(self.outward, "report", "-c", config.name, "--log", "/dev/null", "--lang", "ja",
                       env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
        self.assertTrue(done.stdout.startswith("送信メール"), done.stdout[:80])

    def test_every_program_and_command_has_a_manual_page(self):
        names = {os.path.basename(path) for path in self.pages}
        wanted = {"outward.1", "outward-milter.8", "outward.conf.5", "outward-record.5",
                  *(f"outward-{name}.1" for name in self.commands())}
        self.assertEqual(wanted - names, set(), "manual pages are missing")

    def test_manual_pages_are_without_a_fault(self):
        for path in self.pages:
            with self.subTest(page=os.path.basename(path)):
                done = run("mandoc", "-Tlint", "-W", "warning", path, check=False)
                self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_every_option_stands_in_the_commands_page(self):
        for name in self.commands():
            page = next((path for path in self.pages if path.endswith(f"/outward-{name}.1")), None)
            if page is None:
                continue  # told by the test above
            text = run("mandoc", "-Tascii", page).stdout
            text = re.sub(r".\x08", "", text)
            for option in re.findall(r"(?m)^  (?:-[a-z], |    )(--[a-z-]+)", run(self.outward, name, "--help").stdout):
                with self.subTest(command=name, option=option):
                    self.assertIn(option, text)

    def test_programs_are_hardened_and_know_nothing_of_the_build_machine(self):
        for program in (self.outward, self.gate):
            with self.subTest(program=os.path.basename(program)):
                headers = run("readelf", "-h", "-l", "-d", program).stdout
                self.assertIn("DYN (Position-Independent Executable file)", headers)
                self.assertIn("GNU_RELRO", headers)
                self.assertIn("BIND_NOW", headers)
                self.assertRegex(headers, r"GNU_STACK.*\n.*RW ")
                self.assertNotIn("RUNPATH", headers)
                with open(program, "rb") as file:
                    self.assertNotIn(bed.SOURCE.encode(), file.read())

    def test_there_is_one_version(self):
        """project() in CMake says it; the changelog's first entry, the bill and every program say the same."""
        with open(f"{bed.SOURCE}/CMakeLists.txt", encoding="utf-8") as file:
            version = re.search(r"(?m)^project\(outward VERSION ([0-9.]+)", file.read())[1]
        with open(f"{bed.SOURCE}/CHANGELOG.md", encoding="utf-8") as file:
            self.assertEqual(re.findall(r"(?m)^## (\S+)", file.read())[0], version)
        self.assertEqual(self.bill()["packages"][0]["versionInfo"], version)
        for program in (self.outward, self.gate, self.follower):
            with self.subTest(program=os.path.basename(program)):
                self.assertEqual(run(program, "--version").stdout, f"{os.path.basename(program)} {version}\n")

    def bill(self):
        with open(f"{self.root}{PREFIX}/share/outward/outward.spdx.json", encoding="utf-8") as file:
            return json.load(file)

    def test_the_bill_is_spdx(self):
        """The fields that SPDX 2.3 demands, in its forms (clauses 6, 7, 10, 11)."""
        bill = self.bill()
        self.assertEqual((bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]), ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertRegex(bill["documentNamespace"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertRegex(bill["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for creator in bill["creationInfo"]["creators"]:
            self.assertRegex(creator, r"^(Organization: \S|Tool: \S+-\d)")
        ids = [package["SPDXID"] for package in bill["packages"]]
        self.assertEqual(len(ids), len(set(ids)))
        own = {license["licenseId"] for license in bill["hasExtractedLicensingInfos"]}
        for package in bill["packages"]:
            with self.subTest(package=package["name"]):
                self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
                self.assertEqual((package["downloadLocation"], package["filesAnalyzed"]), ("NOASSERTION", False))
                self.assertRegex(package["licenseDeclared"], r"^(NOASSERTION|[A-Za-z0-9.-]+( (AND|OR|WITH) [A-Za-z0-9.-]+)*)$")
                self.assertLessEqual(set(re.findall(r"LicenseRef-\S+", package["licenseDeclared"])), own)
        for relation in bill["relationships"]:
            self.assertIn(relation["relationshipType"], ("DESCRIBES", "DYNAMIC_LINK", "BUILD_TOOL_OF"))
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, {"SPDXRef-DOCUMENT", *ids})
        self.assertEqual({relation["spdxElementId"] for relation in bill["relationships"]}
                         | {relation["relatedSpdxElement"] for relation in bill["relationships"]}, {"SPDXRef-DOCUMENT", *ids})

    def test_the_bill_names_what_the_programs_are_linked_with(self):
        """And nothing else, each with the version that the loader finds on this machine."""
        packages = {package["packageFileName"]: package for package in self.bill()["packages"] if "packageFileName" in package}
        needed = set()
        found = {}
        for program in (self.outward, self.gate, self.follower):
            needed |= set(re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", program).stdout))
            found |= dict(re.findall(r"(?m)^\s+(\S+) => (\S+) ", run("ldd", program).stdout))
        sanitizers = {name for name in needed if re.match(r"lib(asan|ubsan|tsan)\.", name)}
        self.assertEqual(needed - sanitizers, set(packages))
        for name, package in packages.items():
            with self.subTest(library=name):
                file = os.path.realpath(found[name])
                owner = run("dpkg-query", "-S", f"*/{os.path.basename(file)}").stdout.splitlines()
                owner = next(line.split(": ")[0] for line in owner if os.path.realpath(line.split(": ")[1]) == file)
                version = run("dpkg-query", "-W", "-f", "${Version}", owner).stdout
                self.assertEqual(re.sub(r"^\d+:", "", version)[:len(package["versionInfo"])], package["versionInfo"])


if __name__ == "__main__":
    bed.main()

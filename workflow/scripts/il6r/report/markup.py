"""How does a text become HTML: what has a meaning escaped, DOIs linked, and parts kept on one line?"""

import re
from base64 import b64encode
from urllib.parse import quote

from markupsafe import Markup, escape

from il6r.report.blocks import Download

# A DOI (https://www.crossref.org/blog/dois-and-matching-regular-expressions/), as texts quote them; an
# address of doi.org before it is part of the link.
_DOI = re.compile(r"(?:https://doi\.org/)?(10\.\d{4,9}/[^\s\"<>;]+)")
_SVG = "image/svg+xml"
# What ends a sentence or a list after a DOI, and is not part of it.
_AFTER = ".,:"
# What stays as it is in an address: all of these are shorter so, and none ends an attribute.
_SAFE = " !$()*+,-./:;=?@[]^_`{|}~'"


def markup(text: object) -> Markup:
    """A text as HTML: escaped, F_ST set as it is printed, line breaks kept, and each DOI a link."""
    parts, end = [], 0
    plain = str(text)
    for found in _DOI.finditer(plain):
        doi = _without_rest(found[1])
        last = found.start(1) + len(doi)
        parts += [_plain(plain[end : found.start()]), _link(doi, plain[found.start() : last])]
        end = last
    return Markup("").join([*parts, _plain(plain[end:])])


def capital(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def anchor(number: str) -> str:
    """The anchor of a table or figure by its number: "Table S3" is table-s3."""
    return number.lower().replace(" ", "-")


def data_uri(file: Download) -> Markup:
    """A file as an address that holds it."""
    return uri_of(file.content, file.media)


def uri_of(content: bytes, media: str) -> Markup:
    """A file's content as an address that holds it, in the shorter of two codes, without double quotes."""
    plain = content
    if media == _SVG:
        # Space is space there, single quotes need no code, and comments repeat the text that is drawn.
        plain = b" ".join(re.sub(rb"<!--.*?-->", b"", content, flags=re.S).split())
        plain = plain if b"'" in plain else plain.replace(b'"', b"'")
    percent = f"data:{media},{quote(plain, safe=_SAFE)}"
    base64 = f"data:{media};base64,{b64encode(plain).decode()}"
    return Markup(min(percent, base64, key=len))


def size(number: int) -> str:
    """A number of bytes as people read it."""
    return f"{number:,} bytes" if number < 1000 else f"{number / 1000:,.0f} kB"


def _without_rest(doi: str) -> str:
    """A DOI without what follows it: punctuation, and brackets that it does not open."""
    while doi[-1] in _AFTER or (doi[-1] == ")" and doi.count(")") > doi.count("(")):
        doi = doi[:-1]
    return doi


def _link(doi: str, shown: str) -> Markup:
    return Markup('<a href="https://doi.org/{}">{}</a>').format(quote(doi, safe="/().;:"), shown)


def _plain(text: str) -> Markup:
    html = escape(text)
    return html.replace("F_ST", Markup("F<sub>ST</sub>")).replace("\n", Markup("<br>"))

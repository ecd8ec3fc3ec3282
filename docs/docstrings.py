"""How do the package's docstrings look on a page? An extension of Griffe, named in docs/mkdocs.yml.

Their sections have numpydoc's headings, but an entry is one sentence, `name : what it is`, where numpydoc has
a type; types are in the signature. So each section becomes a list.
"""

import re

import griffe

_SECTION = re.compile(r"^(Parameters|Attributes|Returns|Raises)\n-+\n", flags=re.M)
_ENTRY = re.compile(r"^([^\s:][^:]*?) : (.*)", flags=re.S)
# A placeholder such as <stage>, which Markdown would take for HTML; not in code.
_TAG = re.compile(r"(`[^`]*`)|<(?=[A-Za-z])")


class Lists(griffe.Extension):
    """Turns the sections of each docstring into lists."""

    def on_instance(self, *, obj: griffe.Object, **_others) -> None:
        """Called with each module, class and function."""
        if obj.docstring:
            obj.docstring.value = as_lists(obj.docstring.value)


def as_lists(docstring: str) -> str:
    """The docstring in Markdown."""
    text, *sections = _SECTION.split(_TAG.sub(lambda found: found[1] or "&lt;", docstring))
    return text + "".join(
        f"**{title}**\n\n{_as_list(body)}\n"
        for title, body in zip(sections[::2], sections[1::2], strict=True)
    )


def _as_list(body: str) -> str:
    # What follows an empty line is text again.
    entries, _, rest = body.partition("\n\n")
    # An entry's further lines are indented.
    parts = [" ".join(part.split()) for part in re.split(r"\n(?=\S)", entries.strip())]
    if not any(map(_ENTRY.match, parts)):
        return f"{entries.strip()}\n\n{rest}"
    items = [_ENTRY.sub(lambda found: f"`{found[1]}`: {found[2]}", part) for part in parts]
    return "".join(f"- {item}\n" for item in items) + f"\n{rest}"

"""How does matplotlib's SVG become smaller without becoming another picture?"""

import re

# Where SVG has places, which matplotlib writes with six digits; what it scales by keeps them.
_PLACES = re.compile(r' (?:d|x|y|x1|x2|y1|y2|points)="[^"]*"|translate\([^)]*\)')
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_PATH = re.compile(r'(?<= d=")[^"]*')
_STYLE = re.compile(r'(?<= style=")[^"]*')
# The place of a letter in its line, in hundredths of its size.
_LETTER = re.compile(r' transform="translate\(([-\d.]+) 0\)"/>')
# Names that nothing refers to, and those of letters, marks and frames, which are long.
_UNUSED = re.compile(r'<g id="\w+"')
_LONG = re.compile(r' id="([\w-]*[0-9a-f]{10}|DejaVu[\w-]+)"')
# Marks of one look, each with its style.
_MARKS = re.compile(r'<g (clip-path="[^"]*")>\s*((?:<use [^>]*style="[^"]*"/>\s*)+)</g>')


def shorter(text: str) -> str:
    """The same picture in fewer bytes, with places to a hundredth of a point."""
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = _LETTER.sub(lambda found: f' x="{float(found[1]):.0f}"/>', text)
    text = _PLACES.sub(lambda found: _NUMBER.sub(_two_digits, found[0]), text)
    text = _PATH.sub(lambda found: re.sub(r"\s*([A-Za-z])\s*", r"\1", found[0]), text)
    text = _STYLE.sub(lambda found: re.sub(r"\s*([:;])\s*", r"\1", found[0]), text)
    text = _UNUSED.sub("<g", text)
    text = _MARKS.sub(_one_style, text)
    for number, name in enumerate(dict.fromkeys(_LONG.findall(text))):
        text = re.sub(rf'(?<=["#]){re.escape(name)}(?=[")])', f"_{number:x}", text)
    return re.sub(r"\n\s*", "\n", text)


def _two_digits(found: re.Match[str]) -> str:
    # Adding 0 takes the sign off a zero.
    return f"{round(float(found[0]), 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _one_style(found: re.Match[str]) -> str:
    """Marks in the style of their group, where all have one."""
    styles = set(re.findall(r' style="([^"]*)"', found[2]))
    if len(styles) > 1:
        return found[0]
    marks = re.sub(r' style="[^"]*"', "", found[2])
    return f'<g {found[1]} style="{styles.pop()}">\n{marks}</g>'

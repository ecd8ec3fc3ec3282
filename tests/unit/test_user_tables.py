"""Users' tables: the forms that are read, and the sentences about those that are not."""

import pytest

from il6r import delimited
from il6r.errors import InputError


def put(tmp_path, content: bytes, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,x\n2,y\n",
        b"a;b\n1;x\n2;y\n",
        b"a\tb\n1\tx\n2\ty\n",
        b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y\r\n",
        b'a,b\n"1",x\n\n2, y \n',
    ],
    ids=["comma", "semicolon", "tab", "Windows", "quotes and blanks"],
)
def test_separators_line_ends_and_quotes_of_all_kinds_are_read(tmp_path, content):
    frame = delimited.read(put(tmp_path, content), ("a", "b"))
    assert frame["a"].tolist() == ["1", "2"]
    assert frame["b"].tolist() == ["x", "y"]


def test_identifiers_keep_their_leading_zeros(tmp_path):
    assert delimited.read(put(tmp_path, b"a,b\n007,1e5\n"))["a"].tolist() == ["007"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"\ra,b\n1,2\n", "its lines end with CR alone"),
        (b"a,b\n", "it has a header and no rows"),
        (b"a,b\n1,2,3\n4,5,6\n", r"line 2: it has 3 columns, the header 2 \(is it a decimal comma"),
        (b"a,b\n1,2\n3,4,5\n", "line 3: it has 3 columns, the header 2"),
        (b"a,b\n1,2\n3,4\n5", "line 4: it has 1 columns, the header 2"),
        (b'a,b\n1,"2\n3",4\n', "line 2: a quoted cell goes on over the end"),
        (b"1,0.5\n2,0.7\n", "its first line holds numbers, not names"),
        (b"LON0000001,S0000020\nx,y\n", r"no column 'a', 'b' among 'AAA0000000', 'A0000000'"),
        (b"A,B\n1,2\n", "write 'A', 'B' in lower case"),
        ("a,b\n1,µ\n".encode("latin-1"), "it cannot be read as a UTF-8 table"),
        ("a,b\n1,2\n".encode("utf-16"), "it is not a text table"),
        (b"PK\x03\x04\x00\x00", "it is not a text table"),
        (b"a,a\n1,2\n", "column 'a' is there twice"),
        (b"a,c\n1,2\n", "there is no column 'b' among 'a', 'c'"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, problem):
    with pytest.raises(InputError, match=problem):
        delimited.read(put(tmp_path, content), ("a", "b"))


def test_columns_are_renamed_by_the_configuration(tmp_path):
    frame = delimited.read(put(tmp_path, b"ID,b\n1,2\n"), ("a", "b"), {"a": "ID"})
    assert list(frame) == ["a", "b"]
    for names in ({"a": "b", "b": "a"}, {"b": "a", "a": "b"}):
        exchanged = delimited.read(put(tmp_path, b"a,b\n1,2\n"), ("a", "b"), names)
        assert exchanged[["a", "b"]].values.tolist() == [["2", "1"]]
    replaced = delimited.read(put(tmp_path, b"a,b,c\n1,2,3\n"), ("a",), {"a": "c"})
    assert replaced.to_dict("list") == {"b": ["2"], "a": ["3"]}
    with pytest.raises(InputError, match=r"no column 'id' \(configured as a\); choose from 'ID', 'b'"):
        delimited.read(put(tmp_path, b"ID,b\n1,2\n"), ("a",), {"a": "id"})

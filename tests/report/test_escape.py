"""Text of users in HTML, XML and terminals."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
from report_samples import NASTY, nasty

from gradverify.report.console import console_for
from gradverify.report.escape import as_code_block, in_html, in_markdown, in_xml, in_xml_attribute, printable
from gradverify.report.terminal import show


def test_control_characters_become_visible_and_line_ends_stay():
    assert printable("a\x1b[31m\x00b\r\nc\rd\te") == "a�[31m�b\nc\nd\te"
    assert printable("\ud800\ufffe") == "��"
    assert printable("x̄ ≠ 名 😀") == "x̄ ≠ 名 😀"


def test_html():
    assert in_html("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;&lt;/a&gt;"


def test_xml_comes_back_as_it_went_in():
    element = ET.fromstring(f'<a b="{in_xml_attribute(NASTY + chr(10) + chr(9))}">{in_xml(NASTY + chr(10))}</a>')
    assert element.attrib["b"] == printable(NASTY) + "\n\t"
    assert element.text == printable(NASTY) + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a | b", "a &#124; b"),
        ("a\n\nb", "a b"),
        ("`x`", r"\`x\`"),
        ("<b>&</b>", "&lt;b&gt;&amp;&lt;/b&gt;"),
        ("**b** _i_ [l](u) ~~s~~ $m$", r"\*\*b\*\* \_i\_ \[l\](u) \~\~s\~\~ \$m\$"),
        ("@team #1 !", r"&#64;team \#1 \!"),
        ("a\\|b", r"a\\&#124;b"),
    ],
)
def test_markdown(text, said):
    assert in_markdown(text) == said


def test_a_fence_is_longer_than_any_in_the_text():
    assert as_code_block("x = 1\n", "python") == "```python\nx = 1\n```"
    assert as_code_block("```\nx\n`````") == "``````\n```\nx\n`````\n``````"


def test_no_text_commands_the_terminal():
    stream = io.StringIO()
    show(nasty(), console_for(stream))
    assert "\x1b" not in stream.getvalue()
    assert "\x00" not in stream.getvalue()
    assert stream.getvalue().encode()

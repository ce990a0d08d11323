"""From an Altair chart to an inline SVG that is the same on every run and refers to nothing outside."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import vl_convert

_SVG = "{http://www.w3.org/2000/svg}"
_NOISE = {"aria-hidden", "aria-roledescription", "role", "pointer-events", "class", "version", "aria-label"}
_DEFAULTS = {("opacity", "1"), ("stroke-dasharray", ""), ("stroke-dashoffset", "0"), ("stroke-width", "0")}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline_svg(chart: Any, key: str, label: str) -> str:
    """The chart as SVG markup for an HTML page.

    key: unique on the page; replaces the converter's running numbers in ids, which differ from call to call.
    label: what a screen reader says instead of the picture.
    """
    return clean_svg(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)), key, label)


def clean_svg(source: str, key: str, label: str) -> str:
    """Strip what a page does not need, round coordinates, fix the ids, make it scale."""
    root = ElementTree.fromstring(source)
    names: dict[str, str] = {}
    for element in root.iter():
        if "id" in element.attrib:
            names[element.attrib["id"]] = f"{key}-{len(names)}"
    _tidy(root, names)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _tidy(element: ElementTree.Element, names: dict[str, str]) -> None:
    element.tag = element.tag.removeprefix(_SVG)
    kept = {}
    for attribute, value in element.attrib.items():
        if attribute in _NOISE or (attribute, value) in _DEFAULTS or attribute.startswith("{"):
            continue
        if attribute == "id":
            value = names[value]
        value = _REFERENCE.sub(lambda found: f"url(#{names.get(found[1], found[1])})", value)
        kept[attribute] = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
    element.attrib = kept
    for child in list(element):
        if _is_invisible(child):
            element.remove(child)
            continue
        _tidy(child, names)
        if child.tag in {"g", "defs"} and len(child) == 0:
            element.remove(child)


def _is_invisible(element: ElementTree.Element) -> bool:
    is_hidden = element.attrib.get("display") == "none"
    is_frame = element.attrib.get("class") in {"background", "foreground"} and "fill" not in element.attrib
    return is_hidden or (is_frame and element.attrib.get("stroke") in {None, "transparent"})

"""Reads a drawing back: its elements by class, and its words."""

import re
import xml.etree.ElementTree as ET


def elements(drawing: str, tag: str, class_: str = "") -> list[ET.Element]:
    """Return the elements of a tag that have a class, in the order drawn."""
    found = [element for element in ET.fromstring(drawing).iter() if element.tag == tag]
    return [element for element in found if class_ in ("", *element.get("class", "").split())]


def words(drawing: str) -> list[str]:
    """Return every text that is drawn."""
    return [element.text or "" for element in elements(drawing, "text")]


def points(line: ET.Element) -> list[tuple[float, float]]:
    """Return the points of a path of straight lines."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", line.get("d", ""))]

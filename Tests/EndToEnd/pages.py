"""What a person sees of an HTML page, and what an accessibility check needs of it, without a browser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Button:
    attributes: dict
    text: str = ""


@dataclass
class Form:
    attributes: dict
    fields: dict = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)
    text: str = ""

    @property
    def action(self) -> str:
        return self.attributes.get("action", "")

    @property
    def method(self) -> str:
        return self.attributes.get("method", "get").upper()


@dataclass
class Link:
    href: str
    text: str = ""


class Page(HTMLParser):
    """Forms, links, text and elements of a page, in document order."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.forms: list[Form] = []
        self.links: list[Link] = []
        self.title = ""
        self.text = ""
        self._stack: list[str] = []
        self._form: Form | None = None
        self._button: Button | None = None
        self._link: Link | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self._stack.append(tag)
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag == "a" and "href" in attributes:
            self._link = Link(attributes["href"])
            self.links.append(self._link)
        elif tag == "button" and self._form is not None:
            self._button = Button(attributes)
            self._form.buttons.append(self._button)
        elif tag == "input" and self._form is not None:
            if attributes.get("type") == "submit":
                self._form.buttons.append(Button(attributes, attributes.get("value", "")))
            elif attributes.get("name"):
                self._form.fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag in self._stack:
            while self._stack and self._stack.pop() != tag:
                pass
        if tag == "form":
            self._form = None
        elif tag == "button":
            self._button = None
        elif tag == "a":
            self._link = None

    def handle_data(self, data):
        if self._stack and self._stack[-1] == "title":
            self.title += data
            return
        if self._stack and self._stack[-1] in ("script", "style"):
            return
        self.text += data
        for part in (self._form, self._button, self._link):
            if part is not None:
                part.text += data

    def all(self, *tags) -> list[dict]:
        return [attributes for tag, attributes in self.elements if tag in tags]

"""The picture of a victory report, to be shown in a group: drawn here, so that it looks alike wherever it is opened."""

from functools import lru_cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from common.pdf import font_file, printable

WIDTH, HEIGHT = 1080, 1440
#: Drawn twice as large and made smaller: edges come out smooth.
FINER = 2
DEEP, BRIGHT = (122, 6, 22), (214, 32, 44)
GOLD, PALE, CREAM = (246, 196, 83), (255, 233, 176), (255, 246, 226)
CONFETTI = ((246, 196, 83), (255, 233, 176), (255, 138, 101), (255, 255, 255))
MARGIN = 90


def draw_victory(*, heading, company, name, words, figure="", day, seed):
    """
    Return a victory report as PNG.

    :param heading: the large word at the top.
    :param words: what was reached; wrapped to the width.
    :param figure: an amount or a percentage that stands large, "" for none.
    :param seed: a number that scatters the confetti; the same gives the same picture.
    """
    picture = _background(seed)
    draw = ImageDraw.Draw(picture)
    _centred(draw, printable(company), top=130, size=40, fill=PALE)
    _centred(draw, printable(heading), top=205, size=230, fill=GOLD, spacing=10 if heading.isascii() else 60)
    _rule(draw, 530)
    _centred(draw, printable(name), top=590, size=118, fill=CREAM)
    top = 770
    if figure:
        _centred(draw, printable(figure), top=top, size=104, fill=GOLD)
        top += 170
    for line in _lines(draw, printable(words), size=52):
        _centred(draw, line, top=top, size=52, fill=CREAM, is_bold=False)
        top += 80
    _rule(draw, 1240)
    _centred(draw, printable(day), top=1275, size=38, fill=PALE, is_bold=False)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _background(seed):
    """Red that is brightest behind the name, rays, confetti and a golden frame."""
    size = (WIDTH, HEIGHT)
    glow = (
        Image.radial_gradient("L")
        .resize((WIDTH * 2, HEIGHT * 2))
        .crop((WIDTH // 2, HEIGHT // 2, WIDTH * 3 // 2, HEIGHT * 3 // 2))
    )
    picture = Image.composite(
        Image.new("RGB", size, DEEP), Image.new("RGB", size, BRIGHT), glow.point(lambda v: min(255, v * 2))
    )
    large = Image.new("RGBA", (WIDTH * FINER, HEIGHT * FINER))
    draw = ImageDraw.Draw(large)
    _rays(draw)
    _scatter(draw, Random(seed))  # noqa: S311 - confetti
    for inset, thick in ((36, 6), (54, 2)):
        box = [inset * FINER, inset * FINER, (WIDTH - inset) * FINER, (HEIGHT - inset) * FINER]
        draw.rounded_rectangle(box, radius=28 * FINER, outline=GOLD, width=thick * FINER)
    small = large.resize(size, Image.LANCZOS)
    picture.paste(small, (0, 0), small)
    return picture


def _rays(draw):
    middle = (WIDTH * FINER // 2, 650 * FINER)
    reach = HEIGHT * FINER * 2
    box = [middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach]
    for angle in range(0, 360, 15):
        draw.pieslice(box, angle, angle + 6, fill=(255, 255, 255, 10))


def _scatter(draw, chance):
    for _piece in range(150):
        x, y = chance.randrange(WIDTH) * FINER, chance.randrange(HEIGHT) * FINER
        is_behind_words = 0.14 < x / (WIDTH * FINER) < 0.86 and 0.12 < y / (HEIGHT * FINER) < 0.94
        if is_behind_words:
            continue
        size = chance.randrange(5, 13) * FINER
        colour = (*chance.choice(CONFETTI), chance.randrange(120, 230))
        if chance.random() < 0.5:
            draw.ellipse([x, y, x + size, y + size], fill=colour)
        else:
            lean = chance.randrange(-size, size)
            draw.polygon(
                [(x, y), (x + size, y + lean), (x + size + size // 2, y + lean + size), (x + size // 2, y + size)], fill=colour
            )


@lru_cache(maxsize=64)
def _font(size, *, is_bold):
    return ImageFont.truetype(font_file(is_bold=is_bold), size)


def _centred(draw, text, *, top, size, fill, is_bold=True, spacing=0):
    """Write one line in the middle, smaller where it would be too wide; `spacing` is put between characters."""
    room = WIDTH - 2 * MARGIN
    gaps = spacing * max(0, len(text) - 1)
    while size > 24 and draw.textlength(text, font=_font(size, is_bold=is_bold)) + gaps > room:
        size -= 4
    font = _font(size, is_bold=is_bold)
    while len(text) > 1 and draw.textlength(text, font=font) + gaps > room:
        text = text[:-2] + "…"
    left = (WIDTH - draw.textlength(text, font=font) - gaps) / 2
    for char in text if spacing else [text]:
        draw.text((left, top), char, font=font, fill=fill)
        left += draw.textlength(char, font=font) + spacing


def _lines(draw, text, *, size):
    """Break text into at most four lines: between words, and between any two Chinese characters."""
    font, room = _font(size, is_bold=False), WIDTH - 2 * MARGIN
    lines, line = [], ""
    for piece in _pieces(text):
        if line and draw.textlength((line + piece).rstrip(), font=font) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    lines.append(line.rstrip())
    return lines[:4]


def _pieces(text):
    word = ""
    for char in text:
        if char.isascii() and char != " ":
            word += char
            continue
        if word:
            yield word
        word = ""
        yield char
    if word:
        yield word


def _rule(draw, top):
    middle = WIDTH // 2
    draw.line([(MARGIN + 60, top), (middle - 40, top)], fill=GOLD, width=3)
    draw.line([(middle + 40, top), (WIDTH - MARGIN - 60, top)], fill=GOLD, width=3)
    draw.polygon([(middle, top - 14), (middle + 14, top), (middle, top + 14), (middle - 14, top)], fill=GOLD)

"""Pairs of texts that differ little: what differs may stand anywhere in them, or hardly be seen."""

# Quotes, brackets, line ends, escapes, spaces, and one letter in two forms.
_CHARACTERS = "ab,'\"[]{}()<>\\nt .-+@\n\r\t\x0b\x0c\u00a0\u2028\u00e9"
_PIECES = [*_CHARACTERS, "e\u0301", "\r\n", "a\n", "long ", "line\n"]


def two_texts(random, *, without=""):
    """Return two texts of which one is the other with an edit, seldom quite another.

    :param str without: characters that neither has.
    """
    pieces = [each for each in _PIECES if not {*each} & {*without}]
    one = random.choices(pieces, k=random.choice((1, 5, 30, 200, 400)))
    place = random.randrange(len(one))
    other = random.choice(
        (
            [*one[:place], random.choice(pieces), *one[place + 1 :]],
            [*one[:place], random.choice(pieces), *one[place:]],
            [*one[:place], *one[place + 1 :]],
            [*one[:place], *one[place + 1 :], one[place]],
            [*one, random.choice(pieces)],
            random.choices(pieces, k=len(one)),
        )
    )
    return "".join(one), "".join(other)

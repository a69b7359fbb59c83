"""Whether there is enough to say something; a young feed is no failure."""


class NotEnough(ValueError):
    """The data do not carry the figure yet; the message says how far they are."""

    def __init__(self, have: int, needed: int, of: str):
        super().__init__(f"not enough yet: {have:,} of {needed:,} {of}")
        self.have = have
        self.needed = needed


def require(have: int, needed: int, of: str) -> None:
    if have < needed:
        raise NotEnough(int(have), int(needed), of)

"""Growth of a figure from one quarter to the next."""


def growth(before, after):
    return round(100 * (after - before) / before)

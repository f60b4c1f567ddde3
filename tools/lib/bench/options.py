"""What the tools' options have in common."""
import argparse


def several(known):
    """A parser of names with commas between them, all of them known."""
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(known)}")
        return names
    return parse

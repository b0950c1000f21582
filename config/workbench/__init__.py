"""The home page. It asks each room for its to-dos and answers one question per role: what must I do now?"""

from config.workbench.views import home

__all__ = ("home",)

"""The filters of this room's lists: the same for the pages, the exports and the API."""

# A first sync with Python's standard library alone: sync.py URL DATABASE
import json
import re
import sqlite3
import sys
import urllib.request

url, path = sys.argv[1:]
db = sqlite3.connect(path)
db.execute("PRAGMA journal_mode=WAL")
db.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, number, title, state, author, created, updated, closed)")
db.execute("CREATE TABLE label (item, name)")
while url:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "Bearer t0ken"})) as answer:
        page = json.load(answer)
        following = re.search(r'<([^>]*)>; rel="next"', answer.headers.get("Link", ""))
    issues = [i for i in page if "pull_request" not in i]
    db.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   [(i["id"], i["number"], i["title"], i["state"], (i["user"] or {}).get("login"),
                     i["created_at"], i["updated_at"], i["closed_at"]) for i in issues])
    db.executemany("INSERT INTO label VALUES (?, ?)", [(i["id"], l["name"]) for i in issues for l in i["labels"]])
    db.commit()
    url = following and following[1]
print(db.execute("SELECT count(*) FROM item").fetchone()[0], "issues")

# SPDX-License-Identifier: MIT
"""SQLite in the three ways in which it uses files: journal, WAL with shared memory, temporary."""
import os
import sqlite3
import threading

for mode in ("delete", "wal"):
    db = sqlite3.connect(f"{mode}.db")
    print(db.execute(f"PRAGMA journal_mode={mode}").fetchone())
    db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, text)")
    with db:
        db.executemany("INSERT INTO t (text) VALUES (?)", [(str(n),) for n in range(1000)])

    def read(mode=mode):
        other = sqlite3.connect(f"{mode}.db", timeout=30)
        assert other.execute("SELECT count(*) FROM t").fetchone() == (1000,)
        other.close()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(db.execute("SELECT max(n), sum(length(text)) FROM t").fetchone(), os.path.exists("wal.db-shm"))
    try:
        with db:
            db.execute("INSERT INTO t VALUES (1, 'again')")
    except sqlite3.IntegrityError as e:
        print(e)
    db.execute("VACUUM")
    db.close()
print(sorted(os.listdir(".")))

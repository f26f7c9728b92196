report -c empty.conf --tz UTC --log day.log --since 2026-11-21 --until 2026-11-21T03:30

report -c empty.conf --log day.log --tz '<+09>-9' --format csv --top 1

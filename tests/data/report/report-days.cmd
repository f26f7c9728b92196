report -c empty.conf --tz UTC --log day.log --series day --tz Europe/Berlin --top 2 --verbose

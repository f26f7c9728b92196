report -c empty.conf --tz Europe/Berlin --year 2026 --log night.log --series hour

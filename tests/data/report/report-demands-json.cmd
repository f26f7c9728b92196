report -c demands.conf --log day.log --format json --series hour

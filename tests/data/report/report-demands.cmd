report -c demands.conf --log day.log --top 0

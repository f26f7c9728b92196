simulate -c strict.conf --log none.log

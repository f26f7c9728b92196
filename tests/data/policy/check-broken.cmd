check -c broken.conf

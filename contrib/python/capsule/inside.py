q+=@TOP@

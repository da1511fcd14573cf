  if'm'in p:e=B(c,[n],1);place(e,e,unpackbits(c[n+7>>3:])+1);c=e

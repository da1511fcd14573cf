    if'mask'in p:e=B(a,n,1);place(e,e,unpackbits(a[e.size+7>>3:])+1);a=e

  if'r'in p:c,a=F(a,n,w)

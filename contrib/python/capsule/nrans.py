  if'r'in p:c,e=F(c,n,w)

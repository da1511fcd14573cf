    if'rans'in p:a,e=F(a,int(prod(n)),8<<w)

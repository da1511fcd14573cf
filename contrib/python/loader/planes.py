    if'planes'in p:
     e=0;i=u.get('rotate',0)
     for s in u['fields']:b,a=F(a,int(prod(n)),s);e=e<<s|b
     e=e.view('Q');a=e>>i|e<<(8<<w)-i

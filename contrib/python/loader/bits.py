    if'bits'in p:a=B(a,n,u['bits'])+u.get('low',0)

  if'ba'in p:c=resize(c[:,None]//3**arange(5)%3,n)

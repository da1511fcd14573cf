    if'base'in p:a=resize(c_[a]//3**arange(5)%3,n)

def D(a):return f'{int.from_bytes(b"1"+a,"big"):b}'[6:]
def B(a,n,k):
 s=D(a[:n*k+7>>3]).translate({48:0,49:1});x=0
 for j in range(k):x=x*2+int.from_bytes(s[j:n*k:k].encode('utf-16le'),'little')
 return array('H',x.to_bytes(2*n,'little'))

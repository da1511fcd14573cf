builtins.open_member=lambda n,q=q:BytesIO(I.get_data(n,path.join(q,n)))
sys.argv[0]=q=path.join(q,@MAIN@);sys.path[0]=path.dirname(q);sys.meta_path.insert(2,I);m=sys.modules['__main__']=type(sys)('__main__');t=m.__dict__;t.update(__builtins__=__builtins__,__file__=q,__loader__=I('__main__',q))
sys.excepthook=lambda t,e,b:traceback.print_exception(t,e,b@FRAMES@)
exec(compile(p[q],q,'exec'),t)

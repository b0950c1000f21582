"""Forms of this room. Rules of the field are the services'."""

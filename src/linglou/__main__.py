from linglou.cli import main

main()
